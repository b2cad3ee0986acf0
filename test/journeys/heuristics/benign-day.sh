# A working day of an administrator and developer: nothing in it may raise more than a low finding.
# Every part runs as far as its programs are there; `part` says which one it was.
set -u
export DEBIAN_FRONTEND=noninteractive GIT_CONFIG_GLOBAL=/root/.gitconfig
part() { echo "== $1"; }
has() { command -v "$1" > /dev/null 2>&1; }
work=/srv/work
mkdir -p "$work" /srv/data/docs /srv/backup
for n in $(seq 1 40); do
  head -c 3000 /usr/share/common-licenses/GPL-2 > "/srv/data/docs/report-$n.txt"
done

part 'a look around'
whoami; id; uname -a; uptime; df -h > /dev/null; ps aux > /dev/null; ls -la /etc > /dev/null
cat /etc/passwd > /dev/null; crontab -l; env | sort > /dev/null; last -n 3; ss -tln > /dev/null

part 'a package of the house'
pkg=$work/house-tool
mkdir -p $pkg/DEBIAN $pkg/usr/bin $pkg/etc/cron.d $pkg/etc/profile.d $pkg/etc/logrotate.d $pkg/lib/systemd/system
printf 'Package: house-tool\nVersion: 1.0\nArchitecture: all\nMaintainer: House <house@example.net>\nDescription: tool\n' > $pkg/DEBIAN/control
printf '#!/bin/sh\nset -e\nif ! getent passwd housed > /dev/null; then useradd --system --no-create-home --shell /usr/sbin/nologin housed; fi\nchmod 4755 /usr/bin/house-tool\ncp -p /etc/hosts /etc/hosts.house\n' > $pkg/DEBIAN/postinst
chmod 755 $pkg/DEBIAN/postinst
printf '#!/bin/sh\necho house\n' > $pkg/usr/bin/house-tool
chmod 755 $pkg/usr/bin/house-tool
printf '17 3 * * * housed /usr/bin/house-tool\n' > $pkg/etc/cron.d/house-tool
printf 'export HOUSE=1\n' > $pkg/etc/profile.d/house.sh
printf '[Service]\nExecStart=/usr/bin/house-tool\n' > $pkg/lib/systemd/system/house-tool.service
dpkg-deb --build $pkg $work/house-tool.deb
dpkg -i $work/house-tool.deb
house-tool
dpkg -l house-tool; dpkg -r house-tool; dpkg -P house-tool

part 'packages of the distribution'
if has apt-get; then
  apt-get install -y --no-install-recommends tree < /dev/null || apt-get check
  apt-cache policy bash; apt-get -s upgrade > /dev/null
  apt-get remove -y tree < /dev/null || true
fi

part 'a build in C'
mkdir -p $work/c && cd $work/c
printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' > main.c
printf 'all: hello\nhello: main.c\n\t$(CC) -O2 -o hello main.c\ncheck: hello\n\t./hello\ninstall: hello\n\tinstall -m 755 hello /usr/local/bin/hello\n' > Makefile
printf '#!/bin/sh\nd=$(mktemp -d)\necho "int main(void){return 0;}" > $d/conftest.c\n${CC:-cc} -o $d/conftest $d/conftest.c && $d/conftest && echo works\nuname -m\nrm -rf $d\n' > configure
chmod +x configure
if has cc; then ./configure; make; make check; make install; hello; strip hello; objdump -h hello > /dev/null; gdb --version > /dev/null 2>&1; fi

part 'a package of Node.js'
mkdir -p $work/npm/dep && cd $work/npm
printf '{ "name": "dep", "version": "1.0.0", "scripts": { "postinstall": "node -e \\"console.log(1)\\"" } }' > dep/package.json
printf '{ "name": "app", "version": "1.0.0", "dependencies": { "dep": "file:./dep" }, "scripts": { "build": "node -e \\"require(%sfs%s).writeFileSync(%sout.js%s, %s1%s)\\"", "test": "node out.js" } }' "'" "'" "'" "'" "'" "'" > package.json
if has npm; then npm install --offline --no-audit --no-fund; npm ci --offline --no-audit --no-fund; npm run build; npm test; fi

part 'work in git'
mkdir -p $work/repo && cd $work/repo
git init -q . && git config user.email a@example.net && git config user.name a
for n in 1 2 3 4 5; do echo "$n" > "f$n"; git add . ; git commit -qm "change $n"; done
git log --oneline | head -3; git branch b; git checkout -q b; git rebase -q master 2> /dev/null; git gc -q
git clone -q $work/repo $work/clone; git -C $work/clone pull -q; git diff HEAD~1 > /dev/null; git stash list

part 'Python'
if has python3; then
  python3 -c 'import json, sys; json.dump({"a": 1}, sys.stdout)'
  python3 -m venv --without-pip $work/venv && $work/venv/bin/python -c 'print(1)'
  (cd $work && timeout 5 python3 -m http.server 8901 --bind 127.0.0.1 & sleep 1; curl -s http://127.0.0.1:8901/ > /dev/null; wget -q -O /dev/null http://127.0.0.1:8901/)
fi

part 'a login over SSH'
if has sshd; then
  mkdir -p /run/sshd $work/ssh && cd $work/ssh
  ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f user
  cp user.pub keys; chmod 600 keys; chown root keys
  $(command -v sshd) -p 8922 -h $work/ssh/host -o ListenAddress=127.0.0.1 -o AuthorizedKeysFile=$work/ssh/keys -o StrictModes=no -o PidFile=$work/ssh/pid -o UsePAM=no
  run() { ssh -F none -p 8922 -i user -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=$work/ssh/known root@127.0.0.1 "$@" < /dev/null; }
  run uptime; run 'df -h; ls /var/log'; scp -F none -P 8922 -i user -o UserKnownHostsFile=$work/ssh/known root@127.0.0.1:/etc/hostname $work/ssh/ < /dev/null
  if has rsync; then rsync -a -e "ssh -F none -p 8922 -i user -o UserKnownHostsFile=$work/ssh/known" /srv/data/ root@127.0.0.1:/srv/copy/ < /dev/null; fi
  kill "$(cat $work/ssh/pid)"
fi

part 'scheduled work'
printf '0 4 * * * /usr/bin/true\n' > $work/tab; has crontab && crontab $work/tab; has crontab && crontab -l
/bin/sh -c 'test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.hourly; }'
for job in apt-compat dpkg logrotate man-db passwd; do test -x /etc/cron.daily/$job && timeout 60 /etc/cron.daily/$job; done
printf '/var/log/house.log {\n  rotate 2\n  size 1\n  compress\n  postrotate\n    /usr/bin/true\n  endscript\n}\n' > $work/rotate
echo line > /var/log/house.log
has logrotate && logrotate -f -s $work/rotate.state $work/rotate
find /tmp -maxdepth 1 -mtime +30 -delete; find /var/cache -name '*.bin' -size +100M

part 'backup'
tar czf /srv/backup/data.tgz /srv/data; tar tzf /srv/backup/data.tgz > /dev/null
tar czf /srv/backup/etc.tgz /etc 2> /dev/null
has rsync && rsync -a --delete /srv/data/ /srv/backup/data/
cp -a /srv/data /srv/backup/copy; sha256sum /srv/backup/*.tgz; rm -rf /srv/backup/copy
has gpg && echo secret | gpg --batch --pinentry-mode loopback --passphrase p --homedir $work -c -o /srv/backup/data.gpg

part 'administration'
useradd -m -s /bin/bash anna; usermod -aG audio anna; passwd -S anna; userdel -r anna
sed -i 's/^#house/house/' /etc/hosts; grep -rn localhost /etc/hosts; visudo -c
has openssl && openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -days 1 -keyout $work/k.pem -out $work/c.pem 2> /dev/null
has openssl && openssl x509 -in $work/c.pem -noout -dates; base64 $work/c.pem > $work/c.b64; base64 -d $work/c.b64 > $work/d.pem
sh -c 'ls /srv | wc -l'; bash -c 'for n in 1 2 3; do echo $n; done'; find /srv -name '*.txt' -exec grep -l GNU {} + > /dev/null
has iptables && iptables -L -n > /dev/null 2>&1; ip address > /dev/null; mount > /dev/null; lsblk > /dev/null; sysctl kernel.hostname
perl -e 'print "hello\n"'; awk -F: '{print $1}' /etc/passwd | sort | head -3; xargs -a $work/tab echo; zcat /usr/share/doc/bash/changelog.gz 2> /dev/null | head -1
touch -d yesterday $work/old; chmod -R g+w $work/repo; chown -R root $work/repo; ln -sf /srv/data $work/link; kill -0 $$
exit 0
