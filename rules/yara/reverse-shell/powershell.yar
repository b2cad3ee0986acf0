rule wardgrid_reverse_shell_powershell
{
  meta:
    id = "d5e4a912-35e1-4382-b8b7-efca058aa855"
    title = "PowerShell script serves a shell over TCP"
    severity = "high"
    confidence = 88
    attack = "T1059.001"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $tcp = /New-Object\s+(System\.)?Net\.Sockets\.TCPClient\s*\(/ nocase
    $get = /\.GetStream\s*\(\s*\)/ nocase
    $run = /(iex|Invoke-Expression)\s*[\(\s]\s*\$\w+/ nocase
    $prompt = /["']PS\s+["']\s*\+\s*\(\s*(pwd|gl|Get-Location)/ nocase
  condition:
    $tcp and $get and $run and $prompt and filesize < 300KB
}
