rule wardgrid_script_loader_for_many_processors
{
  meta:
    id = "2a3b7a53-d2c3-4533-b18c-a766753a2c8d"
    title = "Loader of a device botnet"
    severity = "critical"
    confidence = 88
    attack = "T1105"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $get = /(wget|curl|tftp|ftpget)\s[^\n]{0,120}\.?(mips|mpsl|arm[4567]|sh4|ppc|m68k|spc)\b/
    $m = /\b(mips|mpsl|mipsel)\b/
    $a = /\barm[4567]\b/
    $x = /\b(sh4|m68k|ppc|spc|arc)\b/
    $run = /chmod\s+(777|\+x|0?755)\s[^\n]{0,80}[;&]\s*\.?\//
    $cd = /cd\s+\/tmp\s*\|\|\s*cd\s+\/(var\/run|mnt|root)/
  condition:
    #get >= 3 and $m and $a and $x and ($run or $cd) and filesize < 100KB
}
