package packet

import "ovnsim/pipeline/expr"

// place is where a field of at most 64 bits lies in the Key. Decoding fills an empty Key, which needs no masks: that is the
// better part of its speed.
type place struct{ word, shift uint8 }

func placeOf(r expr.Ref) place { return place{uint8(r.Bit / 64), uint8(r.Bit % 64)} }

// put writes a value that fits its field over zeros.
func put(k *expr.Key, at place, v uint64) { k[at.word] |= v << (at.shift & 63) }

var (
	atEthDst, atEthSrc, atEthType, atVLANTCI = placeOf(EthDst), placeOf(EthSrc), placeOf(EthType), placeOf(VLANTCI)
	atARPOp, atARPSHA, atARPTHA              = placeOf(ARPOp), placeOf(ARPSHA), placeOf(ARPTHA)
	atARPSPA, atARPTPA                       = placeOf(ARPSPA), placeOf(ARPTPA)
	atIPProto, atIPTTL, atIPDSCP, atIPECN    = placeOf(IPProto), placeOf(IPTTL), placeOf(IPDSCP), placeOf(IPECN)
	atIP4Src, atIP4Dst, atIP6Flow            = placeOf(IP4Src), placeOf(IP4Dst), placeOf(IP6Flow)
	atL4Src, atL4Dst, atTCPFlags             = placeOf(L4Src), placeOf(L4Dst), placeOf(TCPFlags)
	atNDSLL, atNDTLL                         = placeOf(NDSLL), placeOf(NDTLL)
)
