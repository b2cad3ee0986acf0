rule wardgrid_script_hidden_cron_installer
{
  meta:
    id = "14571055-1b47-4bee-88eb-01fe6bedb26e"
    title = "Script that installs a hidden scheduled download"
    severity = "high"
    confidence = 82
    attack = "T1053.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /(echo|printf)\s[^\n]{0,40}\*(\/\d+)?\s+\*\s+\*\s+\*\s+\*[^\n]{0,40}(curl|wget)\s[^\n]{0,120}\|\s*(ba)?sh/
    $b = /crontab\s+-|\/var\/spool\/cron|\/etc\/cron/
  condition:
    uint16be(0) == 0x2321 and $a and $b and filesize < 200KB
}
