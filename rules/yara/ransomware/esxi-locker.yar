rule wardgrid_ransomware_esxi_locker
{
  meta:
    id = "fd52b738-3365-488b-ad78-64557eef2d89"
    title = "Program that ends virtual machines and encrypts their disks"
    severity = "high"
    confidence = 86
    attack = "T1486"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $kill1 = "vm process kill" ascii
    $kill2 = "vmsvc/power.off" ascii
    $vmdk = ".vmdk" ascii
    $vmsn = ".vmsn" ascii
    $vmfs = "/vmfs/volumes" ascii
    $note = /(readme|how_to|restore|decrypt|recover)[a-z_-]{0,20}\.(txt|html)/ nocase
    $cr = /(chacha|sosemanuk|curve25519|aes-?256|BEGIN PUBLIC KEY|RSA_public_encrypt)/ nocase
  condition:
    uint32(0) == 0x464c457f and any of ($kill*) and $vmfs and any of ($vmdk, $vmsn) and $note and $cr
}
