# expects: medium T1686
. "$STAGE/act.sh"
stand_in nft
nft flush ruleset
