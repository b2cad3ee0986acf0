# expects: high T1574.006
. "$STAGE/act.sh"
printf 'not a library' > /tmp/hide.so
LD_PRELOAD=/tmp/hide.so ls / > /dev/null 2>&1
