rule wardgrid_document_rtf_with_object
{
  meta:
    id = "4ffe24e8-1fa3-43e6-8441-1d474e062b17"
    title = "Text document with an embedded program object"
    severity = "medium"
    confidence = 76
    attack = "T1203"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $rtf = "{\\rt" ascii
    $obj = "\\objdata" ascii nocase
    $upd = /\\objupdate\b/ nocase
    $eq = /(0002ce02|4571756174696f6e2e33|\d*d0cf11e0a1b11ae1)/ nocase
  condition:
    $rtf at 0 and $obj and $upd and $eq
}
