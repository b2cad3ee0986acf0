# expects: critical T1068
. "$STAGE/act.sh"
stand_in sudo
sudo -u#-1 id
