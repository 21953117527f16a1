using Household;
using QRCoder;
using Threads.Data;
using Threads.Data.Identity;

// A household shares one database: nobody's server, five devices. Each step prints what every one of them sees and may do, and what was refused and why.
// --qr shows Ben's invitation as a QR code, too.
var folder = Directory.CreateTempSubdirectory("household-").FullName;
using var report = new Report();
try
{
    report.Step("Anna begins the household. Two tables, each with a list: nobody but her yet.");
    var anna = Member.Owner("Anna", folder);
    report.Add(anna);
    anna.Run("CREATE TABLE invoice(id INTEGER PRIMARY KEY, text TEXT, total INTEGER); CREATE TABLE shopping(id INTEGER PRIMARY KEY, text TEXT)");
    anna.Run("INSERT INTO invoice VALUES(1, 'rent for May', 900); INSERT INTO invoice VALUES(2, 'power', 120); INSERT INTO shopping VALUES(1, 'milk')");
    anna.Connection.Access.Restrict("invoice");
    anna.Connection.Access.Restrict("shopping");
    report.Show();

    report.Step("She invites Ben by a link that is good for one week and one device. He joins on the train, without a network.");
    var link = (await anna.Connection.Thread.InviteAsync(ThreadPrincipal.Everybody, ThreadRoles.Write, DateTimeOffset.UtcNow.AddDays(7))).Link;
    if (args.Contains("--qr"))
    {
        using var code = QRCodeGenerator.GenerateQrCode(link.ToUpperInvariant(), QRCodeGenerator.ECCLevel.L);
        using var picture = new AsciiQRCode(code);
        Console.WriteLine(picture.GetGraphic(1, "██", "  "));
    }

    var ben = await Member.JoinAsync("Ben", folder, link);
    report.Add(ben);
    ben.Run("CREATE TABLE invoice(id INTEGER PRIMARY KEY, text TEXT, total INTEGER); CREATE TABLE shopping(id INTEGER PRIMARY KEY, text TEXT)");
    Member.Meet(anna, ben);
    anna.Connection.Access.Grant(ben.Identity, ThreadRoles.Write | ThreadRoles.Delete, "shopping");
    anna.Connection.Access.Grant(ben.Identity, ThreadRoles.Read, "invoice");
    Member.Meet(anna, ben);
    report.Show();

    report.Step("Ben writes on the shopping list. An invoice he may read, not change.");
    ben.Run("INSERT INTO shopping VALUES(2, 'bread')");
    report.Try(ben, "changes the rent", () => ben.Run("UPDATE invoice SET total = 1 WHERE id = 1"));
    Member.Meet(anna, ben);
    report.Show();

    report.Step("Somebody finds the link in Ben's mail and joins, too; somebody else mistypes it.");
    var finder = await Member.JoinAsync("finder", folder, link);
    report.Add(finder);
    finder.Run("CREATE TABLE invoice(id INTEGER PRIMARY KEY, text TEXT, total INTEGER); CREATE TABLE shopping(id INTEGER PRIMARY KEY, text TEXT)");
    finder.Run("CREATE TABLE boast(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO boast VALUES(1, 'I was here')");
    Member.Meet(anna, finder);
    report.Try("somebody", "joins by a link with a letter missing", () => ThreadsDataSource.Join(link.Remove(40, 1), $"Data Source={folder}/typo.db").Dispose());
    report.Show();
    report.Refusals(anna);
    report.Say("His join counts for nobody: the link was for one. But a link to anybody is a secret, and it holds the keys: he reads what there is. Anna withdraws it and changes the key.");
    await anna.Connection.Thread.WithdrawAsync(ThreadInvitation.Parse(link).Id!.Value);
    anna.Connection.Access.RotateKeys();
    anna.Run("INSERT INTO invoice VALUES(3, 'internet', 40)");
    Member.Meet(anna, ben);
    Member.Meet(anna, finder);
    report.Show();

    report.Step("Clara keeps the books. Her laptop shows a request, Anna approves it: nobody but that laptop can open the answer.");
    using var claras = PeerIdentity.Create();
    var answer = await anna.Connection.Thread.ApproveAsync(ThreadJoinRequest.Parse(ThreadJoinRequest.Create(claras, "Clara's laptop").ToString()), ThreadRoles.Read);
    report.Try("somebody", "joins by Clara's answer", () => ThreadsDataSource.Join(answer.Link, $"Data Source={folder}/notclara.db").Dispose());
    var clara = await Member.JoinAsync("Clara", folder, answer.Link, claras);
    report.Add(clara);
    clara.Run("CREATE TABLE invoice(id INTEGER PRIMARY KEY, text TEXT, total INTEGER)");
    anna.Connection.Access.Grant(clara.Identity, ThreadRoles.Read, "invoice");
    Member.Meet(anna, clara);
    report.Try(clara, "adds an invoice", () => clara.Run("INSERT INTO invoice VALUES(9, 'fee', 500)"));
    report.Show();
    report.Say("Her program has no shopping table, and her role is to read. Her key opens the whole thread all the same: who must not read a table needs a key domain that leaves him out.");

    report.Step("Ben's old phone is let in as well, and gets lost.");
    using var phones = PeerIdentity.Create();
    var let = await anna.Connection.Thread.ApproveAsync(ThreadJoinRequest.Create(phones, "Ben's old phone"), ThreadRoles.Write);
    var phone = await Member.JoinAsync("phone", folder, let.Link, phones);
    report.Add(phone);
    phone.Run("CREATE TABLE invoice(id INTEGER PRIMARY KEY, text TEXT, total INTEGER); CREATE TABLE shopping(id INTEGER PRIMARY KEY, text TEXT)");
    anna.Connection.Access.Grant(phone.Identity, ThreadRoles.Write | ThreadRoles.Delete, "shopping");
    anna.Connection.Access.Grant(phone.Identity, ThreadRoles.Read, "invoice");
    Member.Meet(anna, phone);
    phone.Run("INSERT INTO shopping VALUES(3, 'tea')");
    Member.Meet(anna, phone);
    Member.Meet(anna, ben);
    report.Show();
    anna.Connection.Access.Revoke(phone.Identity);
    report.Say("Anna revokes it. What it wrote before stays; from now on all is under a new key.");
    phone.Run("INSERT INTO shopping VALUES(4, 'ten cakes')");
    anna.Run("INSERT INTO invoice VALUES(4, 'doctor', 75)");
    Member.Meet(anna, phone);
    report.Try(phone, "writes on the shopping list", () => phone.Run("INSERT INTO shopping VALUES(5, 'more cakes')"));
    foreach (var member in new[] { ben, clara })
    {
        Member.Meet(anna, member);
    }

    report.Show();
    report.Refusals(anna);

    report.Step("A replicator in the cellar keeps everything, so that nobody needs to be at home. It has the replica key alone.");
    anna.Run("INSERT INTO invoice VALUES(5, 'plumber', 210)");
    using var store = ReplicaStore.Open(Path.Combine(folder, "cellar.db"));
    using var key = anna.Connection.Thread.Key;
    using var replica = key.WithoutRead();
    var kept = store.Add(anna.Connection.Thread.Id, replica);
    kept.Import(anna.Export(null));
    var page = kept.ReadPage(clara.Connection.Thread.Heads, 1 << 20);
    report.Say($"It holds every record: {(kept.Heads.Heads.Count == anna.Connection.Thread.Heads.Heads.Count ? "yes" : "no")}. The words 'rent for May' are in its file: {(Report.Contains(folder, "cellar.db", "rent for May") ? "yes" : "no")}; in Anna's: {(Report.Contains(folder, "Anna.db", "rent for May") ? "yes" : "no")}.");
    clara.Connection.Thread.Import(new MemoryStream(page.Car.ToArray()));
    report.Say("Clara fetches the plumber's invoice from it while Anna is away.");
    report.Show();

    report.Step("Anna puts her keys under a password, and writes down who she is.");
    await anna.Connection.Thread.ChangePasswordAsync("correct horse");
    report.Try("somebody", "opens a copy of Anna's file", () => Report.Open(folder, "Anna.db", ""));
    report.Try("somebody", "tries a password", () => Report.Open(folder, "Anna.db", "battery staple"));
    using var identity = anna.Connection.Thread.CopyIdentity();
    report.Say($"{identity.ToRecoveryPhrase().Split(' ').Length} words on paper are Anna: {(PeerIdentity.FromRecoveryPhrase(identity.ToRecoveryPhrase()).Id == anna.Identity ? "yes" : "no")}.");
}
finally
{
    report.Close();
    Directory.Delete(folder, recursive: true);
}
