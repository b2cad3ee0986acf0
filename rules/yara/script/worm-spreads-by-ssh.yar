rule wardgrid_script_worm_spreads_by_ssh
{
  meta:
    id = "7ba735ae-4015-48ac-a240-d861d5e69e3b"
    title = "Script that spreads itself over SSH"
    severity = "high"
    confidence = 84
    attack = "T1021.004"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $hosts = /(known_hosts|\.bash_history|\.ssh\/config)[^\n]{0,120}(grep|awk|cut|sort|cat)|(grep|awk|cut|cat)\s[^\n]{0,120}(known_hosts|\.bash_history)/
    $ssh = /ssh\s[^\n]{0,120}(StrictHostKeyChecking=no|BatchMode=yes)[^\n]{0,160}(curl|wget|base64)/
    $keys = /find\s[^\n]{0,60}id_rsa|\.ssh\/id_/
  condition:
    uint16be(0) == 0x2321 and all of them and filesize < 300KB
}
