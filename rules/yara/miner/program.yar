rule wardgrid_miner_program
{
  meta:
    id = "b10f98e2-58ea-4a28-8f03-118ca49961c4"
    title = "Miner program"
    severity = "high"
    confidence = 86
    attack = "T1496.001"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $s1 = "stratum+tcp://" ascii
    $s2 = "stratum+ssl://" ascii
    $d = "donate-level" ascii
    $r = "randomx" ascii nocase
    $j1 = "\"mining.submit\"" ascii
    $j2 = "mining.subscribe" ascii
    $h = "cryptonight" ascii nocase
    $n = "nicehash" ascii nocase
  condition:
    (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d or uint32(0) == 0xfeedfacf) and any of ($s*) and 2 of ($d, $r, $j1, $j2, $h, $n)
}
