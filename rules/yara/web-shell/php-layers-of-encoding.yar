rule wardgrid_web_shell_php_layers_of_encoding
{
  meta:
    id = "395b2a9b-8e39-4eb0-97ab-0559c109e25a"
    title = "PHP script unpacks itself in layers"
    severity = "high"
    confidence = 85
    attack = "T1027"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $php = /<\?(php|=)/ nocase
    $layer = /\beval\s*\(\s*(gzinflate|gzuncompress|str_rot13|base64_decode|strrev|convert_uudecode)\s*\(\s*(gzinflate|gzuncompress|str_rot13|base64_decode|strrev|convert_uudecode)\s*\(/ nocase
  condition:
    $php and $layer
}
