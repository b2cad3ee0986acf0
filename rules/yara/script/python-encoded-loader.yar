rule wardgrid_script_python_encoded_loader
{
  meta:
    id = "26bc97e8-b39a-4a9f-9dfb-5b83fe80bde0"
    title = "Python script that unpacks and runs itself"
    severity = "medium"
    confidence = 78
    attack = "T1027"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $a = /\bexec\s*\(\s*(__import__\s*\(\s*['"](zlib|marshal|base64)['"]\s*\)\.\w+|zlib\.decompress|marshal\.loads|base64\.b(64|85|32)decode|codecs\.decode|compile\s*\(\s*base64)\s*\((\s*\w+(\.\w+)?\()*\s*b?['"][A-Za-z0-9+\/=\\]{300}/
  condition:
    $a and filesize < 5MB and uint32(0) != 0x464c457f
}
