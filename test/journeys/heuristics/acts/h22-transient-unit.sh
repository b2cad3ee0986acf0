# expects: high T1569.003
. "$STAGE/act.sh"
stand_in systemd-run
systemd-run --on-active=60 /dev/shm/.u
