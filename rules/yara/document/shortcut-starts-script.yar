rule wardgrid_document_shortcut_starts_script
{
  meta:
    id = "8e06560b-ecf9-438e-b946-8bfc063bb04d"
    title = "Shortcut file that starts a script"
    severity = "high"
    confidence = 80
    attack = "T1204.002"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $lnk = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
    $a = /(powershell|mshta|wscript|cscript|rundll32|regsvr32|certutil|bitsadmin)/ ascii wide nocase
    $b = /(-enc|-e\s|hidden|http:\/\/|https:\/\/|javascript:|FromBase64|DownloadString|iex)/ ascii wide nocase
  condition:
    $lnk at 0 and $a and $b and filesize < 2MB
}
