rule wardgrid_script_amsi_bypass
{
  meta:
    id = "df6096cb-de26-439f-ad44-57d46d57eee8"
    title = "Script that blinds the scanning of scripts"
    severity = "high"
    confidence = 86
    attack = "T1685"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /am['"+\s]*si['"+\s]*Init['"+\s]*Failed/ nocase
    $b = /AmsiScan['"+\s]*Buffer/ nocase
    $c = /System\.Management\.Automation\.['"+\s]*Amsi['"+\s]*Utils/ nocase
    $s = /(SetValue\s*\(\s*\$null|VirtualProtect|GetField\s*\(|Marshal\]?::Copy)/ nocase
  condition:
    ($a or $b) and $s and ($c or $b) and filesize < 1MB and uint16(0) != 0x5a4d
}
