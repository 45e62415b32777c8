package shell_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ovnsim/lab"
	"ovnsim/shell"
)

// play plays a page from an empty lab.
func play(t testing.TB, text string) (*shell.Transcript, string) {
	p, err := lab.Empty().Start()
	require.NoError(t, err)
	page, err := shell.ReadMarkdown(text, "page.md")
	require.NoError(t, err)
	var out bytes.Buffer
	tr := &shell.Transcript{Out: &out}
	require.NoError(t, tr.Play(context.Background(), p.World(), shell.Options{}, page))
	return tr, out.String()
}

func TestPages(t *testing.T) {
	const vms = "```sh\nip netns add vm1; ip netns add vm2\n```\n"
	for _, c := range []struct {
		text string
		ran  int
		out  string // what differs
	}{
		{"no block", 0, ""},
		{"```\nnot run\n```\n```go\nnor this\n```\n", 0, ""},
		{"```sh skip\nfalse\n```\n~~~bash\ntrue\n~~~\n", 1, ""},
		{"```sh\nfalse\necho on\n```", 2, "page.md:2: false\n  ended with status 1: nothing\n"},
		{"- item\n  ```console\n  $ echo a\n  a\n  ```\n", 1, ""},
		{"```console\n$ echo a\nb\n```", 1, "page.md:2: echo a\n  expected:\n    b\n  actual:\n    a\n"},
		{"```console\n$ echo a\n```", 1, "page.md:2: echo a\n  expected: nothing\n  actual:\n    a\n"},
		{"```console\n$ seq 5\n1\n...\n5\n$ seq 3\n(any order)\n3\n1\n2\n$ echo x 12 y\nx ... y\n```", 3, ""},
		{"```console\n$ (exit 7)\n[7]\n$ echo a; (exit 3)\na\n[2]\n```", 2, "page.md:4: echo a; (exit 3)\n  expected:\n    a\n    [2]\n  actual:\n    a\n    [3]\n"},
		{"```console\n$ for i in 1 2\n> do echo $i; done\n1\n2\n```", 1, ""},
		{vms + "```sh\n# vm1: its own\nhostname > /f\n\nhostname > /f\n# vm1 and vm2\ncat /f > /g\n\n# vm10 is nobody\ntest ! -e /g\n```\n```console\nvm1# cat /g\nvm1\n[root@vm2 tmp]# cat /g\nhypervisor\nroot@vm1:~$ hostname\nvm1\n```\n", 9, ""},
		{vms + "```sh\n# vm2发起请求\n[root@localhost ~]# hostname\nvm2\n\nhostname | grep -q hypervisor\n```\n", 4, ""},
		{"```console\n$ echo a\r\na\r\n```\r\n", 1, ""},
		{"```sh\nexit 3\necho no\n```", 1, "page.md:2: exit 3\n  ended with status 3: nothing\n"},
	} {
		tr, out := play(t, c.text)
		assert.Equal(t, c.ran, tr.Ran, c.text)
		assert.Equal(t, c.out, out, c.text)
	}
}

func TestPageErrorsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"a\n```sh\necho\n":               "page.md:2:1: the block that begins here does not end",
		"a\n\n```sh\necho\necho 'x\n```": "page.md:5:6: reached EOF without closing quote '",
		"```console\n$ echo )\n```":      "page.md:2:6: ",
	} {
		_, err := shell.ReadMarkdown(text, "page.md")
		assert.ErrorContains(t, err, want, text)
	}
}

// TestArticle plays the page of the article from nothing, and with the balancer on the servers' switch, where it has to fail.
func TestArticle(t *testing.T) {
	data, err := os.ReadFile("../examples/article/lab.md")
	require.NoError(t, err)
	tr, out := play(t, string(data))
	assert.Empty(t, out)
	assert.Equal(t, 8, strings.Count(string(data), "\n```sh\n")+strings.Count(string(data), "\n```bash\n")+strings.Count(string(data), "\n```console\n"))
	assert.Greater(t, tr.Checked, 20)

	wrong := strings.Replace(string(data), "set logical_switch inside load_balancer=$uuid", "set logical_switch dmz load_balancer=$uuid", 1)
	wrong = strings.Replace(wrong, "# vm3 asks\n[root@localhost ~]# curl ", "# vm3 asks\n[root@localhost ~]# curl -m 2 ", 1)
	require.NotEqual(t, string(data), wrong)
	tr, out = play(t, wrong)
	assert.Equal(t, 5, tr.Failed, out)
	assert.Contains(t, out, "curl -m 2 172.16.255.62:8000\n  expected:\n    i am vm2\n  actual:\n    curl: (28) Connection timed out after 2000 milliseconds\n")
}

// FuzzReadMarkdown: whatever a page holds, it is read or refused, and a step is where it says.
func FuzzReadMarkdown(f *testing.F) {
	for _, seed := range []string{"```sh\na\n```", "```console\n$ a <<E\n> b\n> E\nout\n\n# c\n```", "~~~~bash\n# vm1\nx=`y`\n[a@b c]# d\n...\n~~~~", "  ```sh\n  $ if\n", "```sh\n(\n```"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		page, err := shell.ReadMarkdown(text, "page.md")
		if err != nil {
			assert.Contains(t, err.Error(), "page.md:")
			return
		}
		lines := strings.Split(text, "\n")
		for _, s := range page.Steps {
			require.True(t, s.Line >= 1 && s.Line <= len(lines), "line %d of %d", s.Line, len(lines))
			first, _, _ := strings.Cut(s.Text, "\n")
			require.Contains(t, lines[s.Line-1], strings.TrimSuffix(first, "\r"))
		}
	})
}
