# expects: medium T1552.004
. "$STAGE/act.sh"
find / -maxdepth 1 -name id_rsa
