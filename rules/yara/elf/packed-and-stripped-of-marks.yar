rule wardgrid_elf_packed_and_stripped_of_marks
{
  meta:
    id = "a4b79796-2a1d-46d2-a846-fe5a6565c9a6"
    title = "Packed program whose packer hides itself"
    severity = "medium"
    confidence = 76
    attack = "T1027.002"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $upx1 = "UPX!" ascii
    $upx2 = "$Info: This file is packed with the UPX" ascii
    $stub = { 50 52 E8 ?? ?? ?? ?? 55 53 51 52 }
    $lsd = "This file is packed with the LSD executable packer" ascii
    $midgetpack = "midgetpack" ascii
  condition:
    uint32(0) == 0x464c457f and ($lsd or $midgetpack or ($stub and not $upx2 and #upx1 < 2)) and filesize < 20MB
}
