# expects: medium T1070.006
. "$STAGE/act.sh"
cp /bin/true /usr/bin/sshd2
touch -r /bin/ls /usr/bin/sshd2
