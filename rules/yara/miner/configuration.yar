rule wardgrid_miner_configuration
{
  meta:
    id = "7a66dfdb-ac8c-465a-9cc2-c4a5cce9fc28"
    title = "Configuration of a miner"
    severity = "high"
    confidence = 90
    attack = "T1496.001"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $pools = /"pools"\s*:\s*\[/
    $url = /"url"\s*:\s*"(stratum\+(tcp|ssl|tls):\/\/)?[^"]{3,80}:\d{2,5}"/
    $donate = /"donate-(level|over-proxy)"\s*:/
    $algo = /"(algo|coin)"\s*:\s*("(rx|cn|kawpow|argon2|monero|ghostrider)|null)/
    $cpu = /"(huge-pages|randomx|max-threads-hint|nicehash|rig-id)"\s*:/
  condition:
    $pools and $url and $donate and any of ($algo, $cpu) and filesize < 100KB
}
