# expects: high T1496.001
. "$STAGE/act.sh"
cp /bin/true /srv/run
/srv/run -o stratum+tcp://127.0.0.1:9 --donate-level 1
