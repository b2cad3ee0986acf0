rule wardgrid_miner_installer_script
{
  meta:
    id = "af4c0ab5-43ca-42dd-a096-ceb7b49119e8"
    title = "Script that installs a miner"
    severity = "high"
    confidence = 85
    attack = "T1496.001"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $kill = /(pkill|killall|kill\s+-9)[^\n]{0,80}(xmrig|minerd|kdevtmpfsi|kinsing|cryptonight|xmr)/ nocase
    $get = /(curl|wget)\s[^\n]{0,160}(xmrig|miner|kdevtmpfsi|kinsing|\.x86_64)/ nocase
    $huge = /vm\.nr_hugepages|msr\s+allow_writes/
    $cron = /crontab\s+-|\/etc\/cron/
  condition:
    uint16be(0) == 0x2321 and $get and ($kill or ($huge and $cron)) and filesize < 300KB
}
