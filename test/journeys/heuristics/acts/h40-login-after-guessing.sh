# expects: critical T1110.001
. "$STAGE/act.sh"
touch /var/log/auth.log
sleep 2
for n in $(seq 12); do
  echo "$(date '+%b %e %H:%M:%S') box sshd[411$n]: Failed password for root from 203.0.113.7 port 40$n ssh2" >> /var/log/auth.log
done
sleep 1
echo "$(date '+%b %e %H:%M:%S') box sshd[4200]: Accepted password for root from 203.0.113.7 port 4099 ssh2" >> /var/log/auth.log
sleep 2
