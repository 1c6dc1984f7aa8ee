// Receives events by POST and keeps each once: a file by its event_id. .NET, or Mono; Json.NET.
//
//   dotnet new console -o receiver && cp Receiver.cs receiver/Program.cs && cd receiver && dotnet add package Newtonsoft.Json
//   WEBHOOK_SECRET=whsec_... dotnet run PORT FOLDER
using System;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public static class Receiver
{
    const int MaxBytes = 64 << 20, MaxSkewS = 300, LongestRequestMs = 60000;
    static readonly byte[] Key = Convert.FromBase64String(
        Environment.GetEnvironmentVariable("WEBHOOK_SECRET").Substring("whsec_".Length));
    static readonly Encoding Latin1 = Encoding.GetEncoding(28591);
    static readonly object OneAtATime = new object();
    static string folder;

    public static void Main(string[] arguments)
    {
        folder = Directory.CreateDirectory(arguments[1]).FullName;
        var listener = new HttpListener();
        listener.Prefixes.Add("http://*:" + arguments[0] + "/");
        listener.IgnoreWriteExceptions = true; // of an answer that nobody takes any more
        listener.Start();
        while (true)
        {
            var context = listener.GetContext();
            Task.Factory.StartNew(() => Answer(context), TaskCreationOptions.LongRunning); // a thread of its own: it may wait
        }
    }

    static void Answer(HttpListenerContext context)
    {
        context.Response.StatusCode = 503; // until it is known; Abort of Mono would answer 200
        using (new Timer(_ => context.Response.Abort(), null, LongestRequestMs, Timeout.Infinite))
        {
            try
            {
                context.Response.StatusCode = Receive(context.Request);
                context.Response.Close();
            }
            catch (Exception error) // a sender that broke off, or was too slow
            {
                Console.Error.WriteLine(error.Message);
                context.Response.Abort();
            }
        }
    }

    /// Which status an event is answered with.
    static int Receive(HttpListenerRequest request)
    {
        if (request.ContentLength64 < 0 || request.ContentLength64 > MaxBytes)
        {
            return 413;
        }
        var input = new MemoryStream();
        request.InputStream.CopyTo(input);
        var body = input.ToArray();
        if (!IsSigned(request, body))
        {
            return 401;
        }
        JObject told;
        try
        {
            told = Read(body, request.ContentType);
        }
        catch (Exception unreadable) when (unreadable is JsonException || unreadable is FormatException || unreadable is InvalidCastException)
        {
            return 400;
        }
        var id = (string)told["event_id"] ?? "";
        if (!Regex.IsMatch(id, "^[0-9A-Za-z_-]{1,64}$"))
        {
            return 400;
        }
        try
        {
            Keep(id, told);
        }
        catch (Exception full) when (full is IOException || full is UnauthorizedAccessException)
        {
            return 503;
        }
        return 200;
    }

    /// As Standard Webhooks has it: with our key, by a clock near to ours.
    static bool IsSigned(HttpListenerRequest request, byte[] body)
    {
        var id = request.Headers["webhook-id"] ?? "";
        var at = request.Headers["webhook-timestamp"] ?? "";
        var given = request.Headers["webhook-signature"] ?? "";
        long atS;
        if (!long.TryParse(at, out atS) || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - atS) > MaxSkewS)
        {
            return false;
        }
        using (var mac = new HMACSHA256(Key))
        {
            var head = Encoding.UTF8.GetBytes(id + "." + at + ".");
            mac.TransformBlock(head, 0, head.Length, null, 0);
            mac.TransformFinalBlock(body, 0, body.Length);
            var wanted = "v1," + Convert.ToBase64String(mac.Hash);
            var signed = false;
            foreach (var one in given.Split(' '))
            {
                signed |= AreEqual(one, wanted);
            }
            return signed;
        }
    }

    /// Takes as long whatever differs, so that nobody can find a signature letter by letter.
    static bool AreEqual(string one, string other)
    {
        var differs = one.Length ^ other.Length;
        for (var index = 0; index < one.Length && index < other.Length; index++)
        {
            differs |= one[index] ^ other[index];
        }
        return differs == 0;
    }

    /// The event: a JSON object, or a form whose tables and lists are JSON.
    static JObject Read(byte[] body, string type)
    {
        if (type == null || !type.StartsWith("multipart/form-data"))
        {
            return (JObject)Parse(Encoding.UTF8.GetString(body));
        }
        var boundary = Regex.Match(type, "boundary=\"?([^\";]+)").Groups[1].Value;
        var parts = ("\r\n" + Latin1.GetString(body)).Split(new[] { "\r\n--" + boundary }, StringSplitOptions.None);
        var told = new JObject();
        for (var index = 1; index < parts.Length - 1; index++) // before the first and in the last there is nothing
        {
            var blank = parts[index].IndexOf("\r\n\r\n");
            if (blank < 0)
            {
                throw new FormatException("a part without headers");
            }
            var name = Regex.Match(parts[index].Substring(0, blank), "; name=\"([^\"]*)\"").Groups[1].Value;
            var value = Encoding.UTF8.GetString(Latin1.GetBytes(parts[index].Substring(blank + 4)));
            told[name] = ReadField(value);
        }
        return told;
    }

    /// A table or a list; all else is a text, also a name such as [VIP] Ada.
    static JToken ReadField(string text)
    {
        try
        {
            return text.StartsWith("{") || text.StartsWith("[") ? Parse(text) : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// A text that looks like a date stays a text.
    static JToken Parse(string text)
    {
        var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
        var value = JToken.ReadFrom(reader);
        reader.Read(); // throws when there is more
        return value;
    }

    /// On the disk when this returns; an event that is there already is left alone.
    static void Keep(string id, JObject told)
    {
        lock (OneAtATime)
        {
            var file = Path.Combine(folder, id + ".json");
            if (File.Exists(file))
            {
                return;
            }
            using (var part = new FileStream(file + ".part", FileMode.Create))
            {
                var text = Encoding.UTF8.GetBytes(told.ToString(Formatting.None));
                part.Write(text, 0, text.Length);
                part.Flush(true);
            }
            File.Move(file + ".part", file);
            var person = (string)told["identity_id"];
            Console.WriteLine("{0} {1}", id, string.IsNullOrEmpty(person) ? "-" : person);
        }
    }
}
