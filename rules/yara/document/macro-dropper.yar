rule wardgrid_document_macro_dropper
{
  meta:
    id = "53f52b5e-ae73-4249-8bc0-3f3f876d7279"
    title = "Office document with a macro that starts a program"
    severity = "high"
    confidence = 80
    attack = "T1204.002"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $ole = { D0 CF 11 E0 A1 B1 1A E1 }
    $auto = /(Auto_?Open|Document_Open|Workbook_Open|AutoExec|Document_Close)/ nocase
    $sh = /(WScript\.Shell|Shell\.Application|powershell|cmd\.exe|mshta|MSXML2\.XMLHTTP|ADODB\.Stream|URLDownloadToFile)/ nocase
    $vba = /(Attribut\x00?e|VBA6|VBA7|_VBA_PROJECT|ThisDocument|ThisWorkbook)/
  condition:
    $ole at 0 and $auto and $vba and #sh >= 1 and filesize < 20MB
}
