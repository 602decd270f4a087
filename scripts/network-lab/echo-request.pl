# One ICMP or ICMPv6 echo request; says "reply" or "silent". Perl because Node has no raw sockets, a bare Debian has no
# ping, and perl-base is on every one.   perl echo-request.pl ADDRESS
use strict;
use warnings;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);

my $SECONDS = 1.5;
my ($address) = @ARGV;
my $six = index($address, ':') >= 0;
my $id  = $$ & 0xffff;

sub checksum {
    my $sum = unpack '%32n*', shift;
    $sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16;
    return ~$sum & 0xffff;
}

socket my $socket, $six ? AF_INET6 : AF_INET, SOCK_RAW, $six ? 58 : 1 or die "socket: $!\n";
my $to = $six ? pack_sockaddr_in6(0, inet_pton(AF_INET6, $address)) : pack_sockaddr_in(0, inet_pton(AF_INET, $address));
my ($ask, $answer) = $six ? (128, 129) : (8, 0);
my $packet = pack 'CCnnna*', $ask, 0, 0, $id, 1, 'are you there?';
# The kernel fills in the checksum of ICMPv6 itself.
$packet = pack 'CCnnna*', $ask, 0, checksum($packet), $id, 1, 'are you there?' unless $six;
send $socket, $packet, 0, $to or do { print "silent\n"; exit };

my $until = time + 2;
while (time <= $until) {
    my $ready = '';
    vec($ready, fileno $socket, 1) = 1;
    last unless select $ready, undef, undef, $SECONDS;
    recv $socket, my $got, 2048, 0;
    $got = substr $got, (ord($got) & 15) * 4 unless $six;
    my ($type, undef, undef, $its) = unpack 'CCnn', $got;
    if ($type == $answer && $its == $id) { print "reply\n"; exit }
}
print "silent\n";
