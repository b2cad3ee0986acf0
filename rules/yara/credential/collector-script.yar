rule wardgrid_credential_collector_script
{
  meta:
    id = "570e8a47-38fe-41b7-afe6-f200a5042198"
    title = "Script that gathers keys and passwords"
    severity = "high"
    confidence = 80
    attack = "T1552"
    author = "Wardgrid"
    date = "2026-11-27"
  strings:
    $k1 = /\.ssh\/(id_rsa|id_ed25519|id_\*|known_hosts)/
    $k2 = /\.aws\/credentials/
    $k3 = /(\.kube\/config|\.docker\/config\.json|\.git-credentials|\.netrc|\.pgpass)/
    $k4 = /(\.bash_history|\.mysql_history|wp-config\.php|\/etc\/shadow)/
    $k5 = /169\.254\.169\.254|security-credentials/
    $out = /(curl|wget|requests\.post)[^\n]{1,120}(-F|-T|-d|--data-binary|--upload-file|--post-file|files=)/
    $nc = /\bnc(at)? [^\n]{4,120}/
  condition:
    uint16be(0) == 0x2321 and 4 of ($k*) and ($out or $nc) and filesize < 300KB
}
