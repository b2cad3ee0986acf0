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
    $mz = { 54 56 71 51 41 41 4D 41 41 41 41 45 41 41 41 41 2F 2F 38 41 41 4C 67 41 41 41 41 }
    $mz2 = { 34 ( 64 | 44 ) 35 ( 61 | 41 ) 39 30 30 30 30 33 30 30 30 30 30 30 30 34 30 30 30 30 30 30 ( 66 | 46 ) ( 66 | 46 ) ( 66 | 46 ) ( 66 | 46 ) 30 30 30 30 ( 62 | 42 ) 38 }
    $run = /(FromBase64String|certutil\s+-decode|atob\s*\(|base64\s+-d|Reflection\.Assembly\]?::Load|xxd\s+-r|b64decode)/ nocase
  condition:
    any of ($mz*) and $run and uint16(0) != 0x5a4d and uint32(0) != 0x464c457f and filesize < 10MB
}
