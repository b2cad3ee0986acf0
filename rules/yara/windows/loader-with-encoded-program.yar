rule wardgrid_windows_loader_with_encoded_program
{
  meta:
    id = "b937b1f5-88b1-4e7e-9c30-94af531c9123"
    title = "Text file with a hidden Windows program"
    severity = "high"
    confidence = 82
    attack = "T1027"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $mz = /TVqQAAMAAAAEAAAA\/\/8AALgAAAA/
    $mz2 = /4d5a90000300000004000000ffff0000b8/ nocase
    $run = /(FromBase64String|certutil\s+-decode|atob\s*\(|base64\s+-d|Reflection\.Assembly\]?::Load|xxd\s+-r|b64decode)/ nocase
  condition:
    any of ($mz*) and $run and uint16(0) != 0x5a4d and uint32(0) != 0x464c457f and filesize < 10MB
}
