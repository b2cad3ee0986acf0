# Sourced by every act. Acts change files only in memory: off a stage they do nothing.
grep -q '^stage /usr overlay ' /proc/self/mounts || { echo 'not on a stage' >&2; exit 99; }
grep -q '^stage /etc overlay ' /proc/self/mounts || exit 99

# A program of this name that does nothing: the act is the command, not what it would do.
stand_in() {
  for name in "$@"; do
    for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin; do rm -f "$folder/$name"; done
    cp /bin/true "/usr/bin/$name"
    hash -r
    cmp -s "$(type -P "$name")" /bin/true || exit 98
  done
}

# A server of this path that hands its first argument to a shell, as one with a hole does.
server() {
  rm -f "$1"
  cp "$(readlink -f "$(command -v perl)")" "$1"
}

# Listens on a free port of this machine for ten seconds at most, and keeps what comes.
listen() {
  python3 - "$STAGE_TALK" <<'PY' &
import socket, sys
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen(4)
s.settimeout(10)
open('/srv/port', 'w').write(str(s.getsockname()[1]))
try:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode())
    c.settimeout(3)
    while c.recv(4096):
        pass
except OSError:
    pass
PY
  listener=$!
  for _ in $(seq 100); do [ -s /srv/port ] && break; sleep 0.05; done
  port=$(cat /srv/port)
  rm -f /srv/port
}
