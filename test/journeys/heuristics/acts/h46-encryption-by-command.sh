# expects: critical T1486
. "$STAGE/act.sh"
mkdir -p /srv/docs
for n in 1 2 3; do echo "$n" > "/srv/docs/$n.txt"; done
bash -c 'for f in $(find /srv/docs -type f); do openssl enc -aes-256-cbc -pbkdf2 -in "$f" -out "$f.enc" -k x; rm -f "$f"; done'
