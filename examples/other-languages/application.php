<?php
// The three calls of Tracker in PHP, with links in a SQLite file.
//
// Start it with `TOKEN=... PHP_CLI_SERVER_WORKERS=8 php -S 127.0.0.1:8091 application.php`, then test it:
//
//     CHECK_TOKEN=... tracker-links check http://127.0.0.1:8091 --object D-1 --object D-2 --object D-3
//
// In production the same file stands behind a web server that passes all addresses to it.
declare(strict_types=1);

const LONGEST_BODY = 1024 * 1024;
const OBJECTS = ['D-1' => 'Supply of 40 pumps', 'D-2' => 'Service contract', 'D-3' => 'Spare parts'];

function answer(int $status, ?array $content = null): never
{
    http_response_code($status);
    if ($content !== null) {
        header('Content-Type: application/json');
        echo json_encode($content, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    }
    exit;
}

function refuse(int $status): never
{
    answer($status, ['status' => $status]);
}

/** A part of the address, decoded; it has to be UTF-8. */
function decoded(string $text): string
{
    $decoded = rawurldecode($text);
    return preg_match('//u', $decoded) ? $decoded : refuse(400);
}

function check_token(): void
{
    // Two headers come as one, with a comma.
    $presented = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
    if (!preg_match('/^(?:oauth|bearer) +([^ ,]+)$/i', $presented, $found) || !hash_equals(getenv('TOKEN'), $found[1])) {
        refuse(401);
    }
}

function links(): PDO
{
    $database = new PDO('sqlite:' . (getenv('DATABASE') ?: 'links.db'), options: [PDO::ATTR_TIMEOUT => 10]);
    $database->exec('CREATE TABLE IF NOT EXISTS link (issue TEXT, object TEXT, PRIMARY KEY (issue, object))');
    return $database;
}

function card(string $path): never
{
    $key = decoded(substr($path, strlen('/objects/')));
    $key = isset(OBJECTS[$key]) ? $key : preg_replace('#/$#', '', $key);
    if (!isset(OBJECTS[$key])) {
        refuse(404);
    }
    answer(200, ['key' => $key, 'summary' => OBJECTS[$key], 'status' => ['name' => 'Open']]);
}

function create(): never
{
    if (!preg_match('#^application/json\s*(;|$)#i', $_SERVER['CONTENT_TYPE'] ?? '')) {
        refuse(415);
    }
    $text = file_get_contents('php://input', length: LONGEST_BODY + 1);
    if (strlen($text) > LONGEST_BODY) {
        refuse(413);
    }
    $body = json_decode($text, true);
    $issue = $body['issueKey'] ?? null;
    $keys = $body['entityIds'] ?? null;
    if (!is_string($issue) || !is_array($keys) || !array_is_list($keys)) {
        refuse(400);
    }
    $database = links();
    $database->beginTransaction();
    $insert = $database->prepare('INSERT OR IGNORE INTO link VALUES (?, ?)');
    foreach ($keys as $key) {
        is_string($key) || is_int($key) ? $insert->execute([$issue, (string) $key]) : refuse(400);
    }
    $database->commit();
    answer(201, ['linked' => count($keys)]);
}

function remove(string $query): never
{
    parse_str($query, $parameters);
    [$issue, $key] = [$parameters['issueKey'] ?? '', $parameters['remoteKey'] ?? ''];
    if (!is_string($issue) || !is_string($key) || $issue === '' || $key === '') {
        refuse(400);
    }
    links()->prepare('DELETE FROM link WHERE issue = ? AND object = ?')->execute([$issue, $key]);
    answer(204);
}

[$path, $query] = explode('?', $_SERVER['REQUEST_URI'], 2) + [1 => ''];
$isLinks = in_array($path, ['/links', '/links/'], true);
check_token();
match (true) {
    str_starts_with($path, '/objects/') && in_array($_SERVER['REQUEST_METHOD'], ['GET', 'HEAD'], true) => card($path),
    $isLinks && $_SERVER['REQUEST_METHOD'] === 'POST' => create(),
    $isLinks && $_SERVER['REQUEST_METHOD'] === 'DELETE' => remove($query),
    default => refuse($isLinks || str_starts_with($path, '/objects/') ? 405 : 404),
};
