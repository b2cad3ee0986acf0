# expects: critical T1620
. "$STAGE/act.sh"
python3 -c 'import os;f=os.memfd_create("x");os.write(f,open("/bin/true","rb").read());os.execve(f"/proc/self/fd/{f}",["x"],{})'
