# expects: low T1485
. "$STAGE/act.sh"
mkdir -p /srv/photos
for n in $(seq 250); do echo "$n" > "/srv/photos/$n.jpg"; done
sleep 0.5
rm -rf /srv/photos
sleep 1
