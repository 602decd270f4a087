# Puts Ethernet frames on the wire exactly as given, one per line in hex: made-up senders, forged servers, odd protocols.
# Perl because Node has no packet sockets, and perl-base is on every Debian.
#   perl send-frames.pl INTERFACE FRAMES_PER_SECOND < frames     (0 = as fast as they go)
use strict;
use warnings;
use Socket;

my ($interface, $rate) = @ARGV;
my $AF_PACKET = 17;
my $STEP      = 0.02;

open my $file, '<', "/sys/class/net/$interface/ifindex" or die "no interface $interface\n";
my $index = <$file> + 0;
socket my $socket, $AF_PACKET, SOCK_RAW, 0 or die "socket: $!\n";
my $to = pack 'S n i S C C a8', $AF_PACKET, 0, $index, 0, 0, 6, '';

my ($sent, $lost, $due) = (0, 0, 0);
my $per_step = $rate * $STEP;
while (my $line = <STDIN>) {
    chomp $line;
    # A full queue is the sender's own limit, not a failure: such a frame was never on the wire.
    if (defined send $socket, pack('H*', $line), 0, $to) { $sent++ }
    else                                                { $lost++ }
    next if !$rate || ++$due < $per_step;
    $due -= $per_step;
    select undef, undef, undef, $STEP;
}
print "{\"sent\":$sent,\"lost\":$lost}";
