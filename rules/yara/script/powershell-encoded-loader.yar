rule wardgrid_script_powershell_encoded_loader
{
  meta:
    id = "593f5cf3-47b7-4f43-b4e4-8f603136c04a"
    title = "Script starts PowerShell with encoded text"
    severity = "high"
    confidence = 82
    attack = "T1059.001"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /powershell(\.exe)?\s[^\n]{0,120}[-\/]e(n|nc|nco|ncod|ncode|ncoded\w*)?\s+["']?[A-Za-z0-9+\/=]{120,}/ nocase
    $hide = /[-\/](w(in\w*)?\s+(h\w*|1)\b|nop\w*|noni\w*|ep\s+bypass|exec\w*\s+bypass)/ nocase
  condition:
    $a and $hide and filesize < 2MB
}
