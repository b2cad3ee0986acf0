# expects: high T1036.002
. "$STAGE/act.sh"
cp /bin/true $'/srv/exe\xe2\x80\xaefdp.run'
$'/srv/exe\xe2\x80\xaefdp.run'
