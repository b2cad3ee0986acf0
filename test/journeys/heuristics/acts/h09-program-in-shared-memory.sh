# expects: high T1059
. "$STAGE/act.sh"
cp /bin/true /dev/shm/agent
/dev/shm/agent
