//! As much of HTTP/1.1 as a registry on this host needs: one connection, one request after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection to a port of this host.
pub struct Http {
    port: u16,
    stream: BufReader<TcpStream>,
}

/// What was answered.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Http {
    /// Connects.
    pub fn connect(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            port,
            stream: BufReader::new(stream),
        })
    }

    /// One request and its answer.
    pub fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        self.try_call(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same, where the answer may not come.
    pub fn try_call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Reply> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n",
            self.port
        );
        for (name, value) in headers {
            request.extend([*name, ": ", *value, "\r\n"]);
        }
        let length = body.len().to_string();
        request.extend(["Content-Length: ", &length, "\r\n\r\n"]);
        let mut message = request.into_bytes();
        message.extend_from_slice(body);
        self.stream.get_mut().write_all(&message)?;
        let status_line = self.line()?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other(status_line))?;
        let mut reply = Reply {
            status,
            ..Reply::default()
        };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            reply
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if method != "HEAD" && status != 204 {
            reply.body = self.body(&reply)?;
        }
        Ok(reply)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::Error::other("the connection was closed"));
        }
        Ok(line.trim_end().to_owned())
    }

    fn exactly(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn body(&mut self, reply: &Reply) -> std::io::Result<Vec<u8>> {
        if reply.header("transfer-encoding") != Some("chunked") {
            let length = reply
                .header("content-length")
                .and_then(|text| text.parse().ok());
            return self.exactly(length.unwrap_or(0));
        }
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let length = usize::from_str_radix(&line, 16).map_err(std::io::Error::other)?;
            body.extend(self.exactly(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}
