# expects: high T1564.001
. "$STAGE/act.sh"
mkdir -p /tmp/.X11-cache
cp /bin/true /tmp/.X11-cache/run
/tmp/.X11-cache/run
