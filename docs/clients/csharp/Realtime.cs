// Keeps every event of a box in a folder, with its face: none is missed, none is kept twice. .NET, or Mono; Json.NET.
//
//   dotnet new console -o realtime && cp Realtime.cs realtime/Program.cs && cd realtime && dotnet add package Newtonsoft.Json
//   dotnet run ws://box:5679 FOLDER [v2|v1]
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json.Linq;

public static class Realtime
{
    static readonly Dictionary<string, string> Configurations = new Dictionary<string, string>
    {
        ["v2"] = "{{\"with_face_image\": true, \"with_register_image\": false, \"since\": {0}}}",
        ["v1"] = "{{\"need_face\": true, \"need_register\": false, \"since\": {0}}}",
    };
    const int LongestWaitMs = 30000;
    static string folder;
    static bool kept;

    /// Take events for ever; come back after a loss, later each time.
    public static void Main(string[] arguments)
    {
        folder = Directory.CreateDirectory(arguments[1]).FullName;
        var configuration = Configurations[arguments.Length > 2 ? arguments[2] : "v2"];
        var random = new Random();
        var waitMs = 1000;
        while (true)
        {
            string why;
            kept = false;
            try
            {
                why = Follow(new Uri(arguments[0]), configuration).GetAwaiter().GetResult();
            }
            catch (Exception error) // also a full disk: nothing after an event may be kept before it is
            {
                why = error.Message;
            }
            waitMs = kept ? 1000 : waitMs;
            Console.Error.WriteLine("{0}; again in {1} ms", why, waitMs);
            Thread.Sleep(random.Next(waitMs / 2, waitMs));
            waitMs = Math.Min(2 * waitMs, LongestWaitMs);
        }
    }

    /// Takes events until the connection ends; returns why.
    static async Task<string> Follow(Uri url, string configuration)
    {
        using (var socket = new ClientWebSocket())
        using (var connecting = new CancellationTokenSource(TimeSpan.FromSeconds(10)))
        {
            socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(30); // quiet for hours or not, a dead line is found
            await socket.ConnectAsync(url, connecting.Token);
            var wish = Encoding.UTF8.GetBytes(string.Format(configuration, LastNumber()));
            await socket.SendAsync(new ArraySegment<byte>(wish), WebSocketMessageType.Text, true, CancellationToken.None);
            var buffer = new ArraySegment<byte>(new byte[64 << 10]);
            var message = new MemoryStream();
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer, CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return string.Format("closed: {0} {1}", (int?)socket.CloseStatus, socket.CloseStatusDescription);
                }
                message.Write(buffer.Array, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Keep(Encoding.UTF8.GetString(message.ToArray()));
                    message.SetLength(0);
                }
            }
        }
    }

    /// The event first, its number last: what breaks off in between comes again, and is known by its file.
    static void Keep(string message)
    {
        var told = JObject.Parse(message);
        var id = (string)told["event_id"];
        if (!Regex.IsMatch(id, "^[0-9A-Za-z]+$"))
        {
            throw new InvalidDataException("the id of an event becomes a file name");
        }
        if (told["resume_gone"] != null)
        {
            Console.Error.WriteLine("events before this one are gone");
        }
        var file = Path.Combine(folder, id + ".json");
        if (!File.Exists(file))
        {
            var face = (string)told["recognize_face_image"] ?? (string)told.SelectToken("ext_data.recognize_face") ?? "";
            File.WriteAllBytes(Path.Combine(folder, id + ".jpg"), Convert.FromBase64String(face.Substring(face.IndexOf(',') + 1)));
            Write(file, message);
            var person = (string)told["identity_id"];
            Console.WriteLine("{0} {1} {2}", id, told["media_device_id"] ?? told["device_id"], person == "" ? "-" : person);
        }
        if (told["seq"] != null && (long)told["seq"] > 0)
        {
            Write(Path.Combine(folder, "since"), (string)told["seq"]);
        }
        kept = true;
    }

    /// Number of the last event that is kept; 0, before there is one, asks for all that the box still has.
    static long LastNumber()
    {
        var file = Path.Combine(folder, "since");
        return File.Exists(file) ? long.Parse(File.ReadAllText(file)) : 0;
    }

    /// Whole or not at all.
    static void Write(string file, string content)
    {
        File.WriteAllText(file + ".part", content);
        if (File.Exists(file))
        {
            File.Replace(file + ".part", file, null);
        }
        else
        {
            File.Move(file + ".part", file);
        }
    }
}
