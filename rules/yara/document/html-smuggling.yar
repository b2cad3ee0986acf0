rule wardgrid_document_html_smuggling
{
  meta:
    id = "05897982-154e-4626-9bae-7aa4a9173131"
    title = "Web page that builds a program and saves it"
    severity = "medium"
    confidence = 76
    attack = "T1027.006"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $html = /<(html|script|svg)\b/ nocase
    $blob = /new\s+Blob\s*\(/
    $dec = /(atob\s*\(|Uint8Array\s*\()/
    $save = /(createObjectURL|msSaveOrOpenBlob)\s*\(/
    $name = /\.download\s*=\s*["'][^"']{1,80}\.(iso|zip|exe|js|hta|lnk|img|vhd|scr|msi|xlsm|docm)["']/ nocase
  condition:
    all of them and filesize > 2KB and filesize < 20MB
}
