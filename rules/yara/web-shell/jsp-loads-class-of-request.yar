rule wardgrid_web_shell_jsp_loads_class_of_request
{
  meta:
    id = "edcae11c-40d9-4723-99c5-d502791cdeb5"
    title = "JSP page loads program code of the request"
    severity = "critical"
    confidence = 88
    attack = "T1505.003"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $jsp = /<%[@=!\s]/
    $define = /\bdefineClass\s*\(/
    $aes = /Cipher\s*\.\s*getInstance\s*\(\s*"AES/
    $base = /(BASE64Decoder|Base64\.getDecoder|sun\.misc)/
    $read = /(getReader\s*\(\s*\)\s*\.\s*readLine|getInputStream|getParameter)\s*\(/
  condition:
    $jsp and $define and $read and any of ($aes, $base) and filesize < 500KB
}
